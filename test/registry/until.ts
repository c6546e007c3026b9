// Waits for something that happens soon.

/** Resolves once `isSo` holds, looking every 10 ms. @throws Error after `limitMs` */
export async function until(isSo: () => boolean, limitMs: number): Promise<void> {
  const end = performance.now() + limitMs;
  while (!isSo()) {
    if (performance.now() > end) throw new Error(`not so within ${limitMs} ms: ${isSo}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
