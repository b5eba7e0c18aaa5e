package io.millrace.learner.torch;

import java.util.function.Supplier;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/** How native calls are made: temporaries die at once, and errors read like sentences. */
final class Native {
  static {
    // JavaCPP refuses allocations once the process is resident beyond twice the Java heap, and
    // reads
    // /proc for it at every one. Tensors live outside the heap by design, so that limit means
    // nothing
    // here. A user who sets it is obeyed.
    String limit = "org.bytedeco.javacpp.maxPhysicalBytes";
    if (System.getProperty(limit) == null) {
      System.setProperty(limit, "0");
    }
  }

  private Native() {}

  /** Does the static initialization above; call before anything touches JavaCPP. */
  static void prepare() {}

  /** Runs native work, keeps its result and releases every other native object it made. */
  static <P extends Pointer> P keep(String operation, Supplier<P> work) {
    try (var temporaries = new PointerScope()) {
      P result = work.get();
      result.retainReference();
      return result;
    } catch (RuntimeException e) {
      throw readable(operation, e);
    }
  }

  /** Runs native work and releases every native object it made. */
  static void run(String operation, Runnable work) {
    try (var temporaries = new PointerScope()) {
      work.run();
    } catch (RuntimeException e) {
      throw readable(operation, e);
    }
  }

  /** A C++ exception carries its backtrace in the message: what helps is the first line. */
  static RuntimeException readable(String operation, RuntimeException e) {
    if (e.getClass() != RuntimeException.class) {
      return e;
    }
    return new IllegalStateException(operation + ": " + firstLine(e), e);
  }

  static boolean isOutOfMemory(RuntimeException e) {
    String message = String.valueOf(e.getMessage());
    return message.contains("out of memory") || message.contains("allocate memory");
  }

  static String firstLine(RuntimeException e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse("failed natively");
  }

  /** Lengths of its dimensions. */
  static long[] shapeOf(Tensor data) {
    long[] shape = new long[(int) data.dim()];
    for (int i = 0; i < shape.length; i++) {
      shape[i] = data.size(i);
    }
    return shape;
  }
}
