/** Runs once the next frame was drawn: what nobody waits for comes after what somebody does. Answers with how to call it off. */
export function oncePainted(run: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const frame = requestAnimationFrame(() => {
    // The frame is drawn when its callbacks are done.
    timer = setTimeout(run);
  });
  return () => {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
  };
}
