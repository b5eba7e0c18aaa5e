package io.millrace.ops.terminal;

import java.nio.file.Path;

/**
 * Where log lines go and how they look. Chosen before the first logger is made, by properties that
 * the logging library's configuration reads.
 */
final class Logs {
  /** How a log line looks. */
  enum Form {
    /** A line for people. */
    TEXT("ch.qos.logback.classic.encoder.PatternLayoutEncoder"),
    /** A JSON object for machines; {@code mdc} holds role, step and release. */
    JSON("ch.qos.logback.classic.encoder.JsonEncoder");

    private final String encoder;

    Form(String encoder) {
      this.encoder = encoder;
    }
  }

  private Logs() {}

  /** To stderr, as text. */
  static void toStderr(boolean verbose) {
    choose(verbose, Form.TEXT);
  }

  /** To stderr, which is the default; our own lines in detail when verbose. */
  static void toStderr(boolean verbose, Form form) {
    choose(verbose, form);
  }

  /** To a file, so that a live line stays whole. */
  static void toFile(Path file, boolean verbose, Form form) {
    choose(verbose, form);
    System.setProperty("millrace.log.file", file.toString());
    if (System.getProperty("logback.configurationFile") == null) {
      System.setProperty("logback.configurationFile", "logback-file.xml");
    }
  }

  private static void choose(boolean verbose, Form form) {
    System.setProperty("millrace.log.level", verbose ? "DEBUG" : "INFO");
    System.setProperty("millrace.log.encoder", form.encoder);
  }
}
