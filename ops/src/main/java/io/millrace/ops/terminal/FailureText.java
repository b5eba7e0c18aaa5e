package io.millrace.ops.terminal;

/** Failures in one line for people. */
public final class FailureText {
  private FailureText() {}

  /**
   * The message alone where it was written for users; else with the exception's class before it.
   */
  public static String of(Throwable e) {
    if (e instanceof org.apache.kafka.common.KafkaException && e.getCause() != null) {
      return KafkaCauses.of(e);
    }
    String message = e.getMessage();
    if (message == null) {
      return e.getCause() == null ? e.getClass().getSimpleName() : of(e.getCause());
    }
    return isForUsers(e)
        ? firstLine(message)
        : e.getClass().getSimpleName() + ": " + firstLine(message);
  }

  /** Our own exceptions, and those that our modules throw with a message for users. */
  public static boolean isForUsers(Throwable e) {
    return e.getMessage() != null
        && (e.getClass().getName().startsWith("io.millrace.")
            || e instanceof IllegalStateException
            || e instanceof IllegalArgumentException);
  }

  /** The text up to its first line break. */
  public static String firstLine(String text) {
    return text.lines().findFirst().orElse(text);
  }
}
