package io.millrace.ops.terminal;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.charset.Charset;
import org.slf4j.LoggerFactory;

/** Makes a warning of each line that is written. */
final class LoggedLines extends OutputStream {
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();

  @Override
  public synchronized void write(int b) {
    if (b != '\n') {
      line.write(b);
      return;
    }
    String text = line.toString(Charset.defaultCharset()).stripTrailing();
    line.reset();
    if (!text.isEmpty()) {
      // Looked up late: how loggers are made may not be chosen yet.
      LoggerFactory.getLogger("stderr").warn(text);
    }
  }
}
