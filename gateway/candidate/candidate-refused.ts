// What an operator asks of a candidate and cannot have now: somebody else holds the lock, the session is gone, a commit
// waits for its time. The message is the sentence for the operator.

export class CandidateRefused extends Error {
  override readonly name = "CandidateRefused";
}
