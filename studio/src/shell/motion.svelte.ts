/**
 * Time for animations, and whether a person has asked for less of it.
 */
const reduced = matchMedia("(prefers-reduced-motion: reduce)");

/** Animations then start paused; whoever presses play still gets them. */
export const prefersReducedMotion = (): boolean => reduced.matches;

/**
 * Calls `advance` at every frame while `isPlaying` says so, with the seconds since the last one; to be called while a
 * component is set up.
 */
export function everyFrame(isPlaying: () => boolean, advance: (seconds: number) => void): void {
  $effect(() => {
    if (!isPlaying()) return;
    let last = performance.now();
    let frame = requestAnimationFrame(function tick(now) {
      // A tab that comes back from the background goes on where it was.
      advance(Math.min(0.1, Math.max(0, now - last) / 1000));
      last = now;
      frame = requestAnimationFrame(tick);
    });
    return () => cancelAnimationFrame(frame);
  });
}
