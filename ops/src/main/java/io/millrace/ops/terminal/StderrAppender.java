package io.millrace.ops.terminal;

import ch.qos.logback.core.OutputStreamAppender;
import java.io.FileDescriptor;
import java.io.FileOutputStream;

/** Logs to the process's stderr itself, whatever {@code System.err} has been made to be. */
public final class StderrAppender<E> extends OutputStreamAppender<E> {
  /** For the logging library, which makes it by name. */
  public StderrAppender() {}

  @Override
  public void start() {
    setOutputStream(new FileOutputStream(FileDescriptor.err));
    super.start();
  }
}
