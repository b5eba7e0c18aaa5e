package io.millrace.ops.terminal;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.core.joran.spi.JoranException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.slf4j.LoggerFactory;

/**
 * Where log lines go and how they look. Chosen before the first logger is made, by properties that
 * the logging library's configuration reads.
 */
public final class Logs {
  /** How a log line looks. */
  public enum Form {
    /** A line for people. */
    TEXT,
    /** A JSON object for machines; {@code mdc} holds role, step and release. */
    JSON
  }

  private static volatile boolean jsonOnStderr;

  private Logs() {}

  /**
   * Takes the form from a command line that nobody has parsed yet, so that complaints about the
   * command line have it, too. With JSON, what anybody prints to {@code System.err} becomes log
   * lines, and so does the end of a thread by an exception; what native code and the JVM itself
   * write to stderr does not.
   */
  public static void asAsked(List<String> args) {
    if (asksForJson(args)) {
      toStderr(args.contains("--verbose"), Form.JSON);
      System.setErr(new PrintStream(new LoggedLines(), true, Charset.defaultCharset()));
      Thread.setDefaultUncaughtExceptionHandler(
          (thread, e) ->
              LoggerFactory.getLogger("io.millrace")
                  .error("thread {} ended by an exception", thread.getName(), e));
    }
  }

  static boolean asksForJson(List<String> args) {
    String line = " " + String.join(" ", args).toLowerCase(Locale.ROOT) + " ";
    return line.contains(" --log json ") || line.contains(" --log=json ");
  }

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

  /** A warning on stderr, the same way. */
  public static void warn(String words) {
    if (jsonOnStderr) {
      LoggerFactory.getLogger("io.millrace").warn(words);
    } else {
      System.err.println("millrace: warning: " + words);
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

  /** To a file from now on, so that a live line stays whole. */
  public static void toFile(Path file, boolean verbose) {
    choose(verbose, Form.TEXT);
    jsonOnStderr = false;
    System.setProperty("millrace.log.file", file.toString());
    if (System.getProperty("logback.configurationFile") == null) {
      configure("logback-file.xml");
    }
  }

  /** Also where loggers are there already: any class may have made one. */
  private static void configure(String resource) {
    var context = (LoggerContext) LoggerFactory.getILoggerFactory();
    context.reset();
    var configurator = new JoranConfigurator();
    configurator.setContext(context);
    try {
      configurator.doConfigure(Logs.class.getClassLoader().getResource(resource));
    } catch (JoranException e) {
      throw new IllegalStateException(resource + " is no configuration of logs", e);
    }
  }

  private static void choose(boolean verbose, Form form) {
    System.setProperty("millrace.log.level", verbose ? "DEBUG" : "INFO");
    System.setProperty("millrace.log.form", form.name().toLowerCase(Locale.ROOT));
  }
}
