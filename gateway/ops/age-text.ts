// How long ago something was, as the original writes it: `01:33:04`, `1d 02:13`, `4w4d 05:41`.

export function ageText(seconds: number): string {
  const two = (value: number): string => String(Math.floor(value)).padStart(2, "0");
  const days = Math.floor(seconds / 86_400);
  const minutes = `${two((seconds % 86_400) / 3600)}:${two((seconds % 3600) / 60)}`;
  if (days === 0) return `${minutes}:${two(seconds % 60)}`;
  const weeks = Math.floor(days / 7);
  return weeks === 0 ? `${days}d ${minutes}` : `${weeks}w${days % 7}d ${minutes}`;
}

/** `32 days, 5:35`, as uptime(1) of BSD has it. */
export function uptimeText(seconds: number): string {
  const days = Math.floor(seconds / 86_400);
  const clock = `${Math.floor((seconds % 86_400) / 3600)}:${String(Math.floor((seconds % 3600) / 60)).padStart(2, "0")}`;
  return days === 0 ? clock : `${days} day${days === 1 ? "" : "s"}, ${clock}`;
}
