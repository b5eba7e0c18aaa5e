package io.millrace.learner.tensor;

/**
 * What an engine is asked for.
 *
 * @param device {@code auto}, {@code cpu} or {@code cuda:N}
 * @param precision arithmetic
 * @param channelsLast whether networks keep images channels-last inside
 * @param threads CPU threads inside one operation; 0 lets the engine choose
 */
public record EngineOptions(String device, Precision precision, boolean channelsLast, int threads) {

  public EngineOptions {
    if (!device.matches("auto|cpu|cuda:\\d{1,3}")) {
      throw new IllegalArgumentException(
          "engine.device is '" + device + "': expected auto, cpu or cuda:N");
    }
    if (threads < 0) {
      throw new IllegalArgumentException("engine.threads is " + threads + ": expected 0 or more");
    }
  }

  /** The CPU in the given precision, library defaults otherwise. */
  public static EngineOptions cpu(Precision precision) {
    return new EngineOptions("cpu", precision, false, 0);
  }
}
