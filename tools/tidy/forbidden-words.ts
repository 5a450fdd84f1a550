// The tree is about Merlon alone. Words that do not belong: tools that helped to write it, names of package registries
// (sites use their own), paths and addresses of somebody's machine, mail addresses outside the domains for examples.
// This file and its test are exempt, because they must name what they look for; so are the imported facts of the Junos grammar,
// whose words are what they are (an SNMP subagent, a cipher named after a domain).

import type { Finding } from "./finding.ts";
import type { SourceTree } from "./source-tree.ts";

const rules: readonly { readonly pattern: RegExp; readonly message: string }[] = [
  {
    pattern: /\b(AI|A\.I\.|LLMs?|GPT(?:-\w+)?|ChatGPT|Claude|Anthropic|OpenAI|Copilot|Codex|sub-?agents?)\b/,
    message: "the tree speaks of Merlon, not of the tools that wrote it; remove the word",
  },
  {
    pattern: /\b(?:registry\.(?:npmjs|yarnpkg)\.\w+|npm\.pkg\.github\.com|artifactory|npmmirror\.com)\b/i,
    message: "names a package registry; sites use their own, so leave it out",
  },
  {
    pattern: /(?<![\w.$}~])\/(?:work|root|home\/(?!user\b|operator\b)\w+|Users)\/[\w.]/,
    message: "a path of somebody's machine; make it relative or an argument",
  },
  {
    pattern:
      // Names of algorithms of SSH look like mail addresses (RFC 4251, section 6).
      /\b[\w.+-]+@(?!(?:openssh|libssh)\.|example\.(?:com|net|org)\b|[\w.-]*\.(?:example|invalid|test)\b)[a-z][\w-]*\.(?:com|net|org|io|dev)\b/,
    message: "a mail address outside example.com, example.net and example.org; use one of them",
  },
];

const exempt = /^tools\/tidy\/forbidden-words\.(test\.)?ts$|^package-lock\.json$|^LICENSE$|^model\/schema\/junos\//;

export function checkForbiddenWords(tree: SourceTree): readonly Finding[] {
  return tree.files
    .filter(({ path }) => !exempt.test(path))
    .flatMap(({ path, lines }) =>
      lines.flatMap((text, index) =>
        rules.flatMap(({ pattern, message }) => {
          const word = pattern.exec(text)?.[0];
          return word === undefined ? [] : [{ file: path, line: index + 1, message: `"${word}": ${message}` }];
        }),
      ),
    );
}
