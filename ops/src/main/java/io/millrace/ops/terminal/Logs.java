package io.millrace.ops.terminal;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.util.ContextInitializer;
import java.io.PrintWriter;
import java.nio.file.Path;
import org.slf4j.LoggerFactory;

/**
 * Where log lines go and how they look. Chosen before the first logger is made, by properties that
 * the logging library's configuration reads.
 */
public final class Logs {
  /** How a log line looks. */
  public enum Form {
    /** A line for people. */
    TEXT("ch.qos.logback.classic.encoder.PatternLayoutEncoder"),
    /** A JSON object for machines; {@code mdc} holds role, step and release. */
    JSON("ch.qos.logback.classic.encoder.JsonEncoder");

    private final String encoder;

    Form(String encoder) {
      this.encoder = encoder;
    }
  }

  private static volatile boolean jsonOnStderr;

  private Logs() {}

  /** Whether stderr holds JSON objects, one a line, and must hold nothing else. */
  static boolean jsonOnStderr() {
    return jsonOnStderr;
  }

  /** Says on stderr what stays: as a log line where these are JSON, else as it is. */
  public static void say(String words) {
    if (jsonOnStderr) {
      LoggerFactory.getLogger("io.millrace").info(words);
    } else {
      System.err.println("millrace: " + words);
    }
  }

  /** A last word on stderr: as a log line where these are JSON, else as it is. */
  public static void complain(String words) {
    complain(new PrintWriter(System.err, true), words);
  }

  /** The same on what stands for stderr. */
  public static void complain(PrintWriter err, String words) {
    if (jsonOnStderr) {
      LoggerFactory.getLogger("io.millrace").error(words);
    } else {
      err.println("millrace: " + words);
      err.flush();
    }
  }

  /** Where a failure came from, the same way. */
  public static void stackTrace(PrintWriter err, Throwable failure) {
    if (jsonOnStderr) {
      LoggerFactory.getLogger("io.millrace").error("failed", failure);
    } else {
      failure.printStackTrace(err);
    }
  }

  /** To stderr, as text. */
  public static void toStderr(boolean verbose) {
    toStderr(verbose, Form.TEXT);
  }

  /** To stderr, which is the default; our own lines in detail when verbose. */
  public static void toStderr(boolean verbose, Form form) {
    choose(verbose, form);
    jsonOnStderr = form == Form.JSON;
  }

  /** To a file, so that a live line stays whole; also where a logger was made before. */
  public static void toFile(Path file, boolean verbose, Form form) {
    choose(verbose, form);
    jsonOnStderr = false;
    System.setProperty("millrace.log.file", file.toString());
    if (System.getProperty("logback.configurationFile") == null) {
      System.setProperty("logback.configurationFile", "logback-file.xml");
      requireFile(file.toString());
    }
  }

  /** Configures the logging library anew where the first logger has done so already. */
  private static void requireFile(String file) {
    if (!(LoggerFactory.getILoggerFactory() instanceof LoggerContext context)
        || file.equals(context.getProperty("millrace.log.file"))) {
      return;
    }
    context.reset();
    try {
      new ContextInitializer(context).autoConfig();
    } catch (Exception e) { // JoranException, of a library that is not ours to declare
      throw new IllegalStateException("the log can't be written to " + file, e);
    }
  }

  private static void choose(boolean verbose, Form form) {
    System.setProperty("millrace.log.level", verbose ? "DEBUG" : "INFO");
    System.setProperty("millrace.log.encoder", form.encoder);
  }
}
