package io.millrace.ops.app;

import java.nio.file.Path;

/**
 * Where log lines go. Chosen before the first logger is made, by properties that the logging
 * library's configuration reads.
 */
final class Logs {
  private Logs() {}

  /** To stderr, which is the default; our own lines in detail when verbose. */
  static void toStderr(boolean verbose) {
    level(verbose);
  }

  /** To a file, so that a live line stays whole. */
  static void toFile(Path file, boolean verbose) {
    level(verbose);
    System.setProperty("millrace.log.file", file.toString());
    if (System.getProperty("logback.configurationFile") == null) {
      System.setProperty("logback.configurationFile", "logback-file.xml");
    }
  }

  private static void level(boolean verbose) {
    System.setProperty("millrace.log.level", verbose ? "DEBUG" : "INFO");
  }
}
