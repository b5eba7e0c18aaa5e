package io.millrace.learner.checkpoint;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;

/** A file layer whose process dies at one of its steps; a write in progress leaves a part. */
public final class CrashingFiles implements DurableFiles {
  /** The process is gone. */
  public static final class Crash extends Error {
    private static final long serialVersionUID = 1L;
  }

  private final DurableFiles real = DurableFiles.real();
  private final long crashAt;
  private final int partBytes;
  private long steps;

  /**
   * @param crashAt the step it dies at, from 0; −1 for never
   * @param partBytes bytes that a write under way leaves
   */
  public CrashingFiles(long crashAt, int partBytes) {
    this.crashAt = crashAt;
    this.partBytes = partBytes;
  }

  /** Steps taken. */
  public long steps() {
    return steps;
  }

  private boolean dying() {
    if (crashAt >= 0 && steps > crashAt) {
      throw new Crash(); // a dead process does nothing more
    }
    return steps++ == crashAt;
  }

  @Override
  public void write(Path file, Content content) throws IOException {
    if (!dying()) {
      real.write(file, content);
      return;
    }
    real.write(file, out -> content.writeTo(new Part(out, partBytes)));
    throw new Crash();
  }

  @Override
  public void makeDirectory(Path directory) throws IOException {
    dieOr(() -> real.makeDirectory(directory));
  }

  @Override
  public void syncDirectory(Path directory) throws IOException {
    dieOr(() -> real.syncDirectory(directory));
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    dieOr(() -> real.rename(from, to));
  }

  @Override
  public void nameIfFree(Path from, Path to) throws IOException {
    dieOr(() -> real.nameIfFree(from, to));
  }

  @Override
  public void delete(Path path) throws IOException {
    dieOr(() -> real.delete(path));
  }

  private interface Step {
    void run() throws IOException;
  }

  private void dieOr(Step step) throws IOException {
    if (dying()) {
      throw new Crash();
    }
    step.run();
  }

  private static final class Part extends OutputStream {
    private final OutputStream out;
    private int left;

    Part(OutputStream out, int left) {
      this.out = out;
      this.left = left;
    }

    @Override
    public void write(int b) throws IOException {
      if (left > 0) {
        left--;
        out.write(b);
      }
    }
  }
}
