package io.millrace.ingest.decode;

/** Hears of decodes that Java cannot end. Called on the decoder's watchdog thread or a caller's. */
@FunctionalInterface
public interface DecodeListener {
  /** Hears nothing. */
  DecodeListener NONE = (hungThreads, restartNeeded) -> {};

  /**
   * A reader ignored its abort, so its thread is lost.
   *
   * @param hungThreads threads lost so far
   * @param restartNeeded whether the limit is reached, or the caller's own thread is the one lost:
   *     only a new process gets on from here
   */
  void decodeHung(int hungThreads, boolean restartNeeded);
}
