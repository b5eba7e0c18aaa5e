package io.millrace.learner.nd4j.tensor;

import io.millrace.learner.tensor.Shapes;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;

/** Memory, element type and threads that the tensors and networks of one engine share. */
public final class Nd4jContext implements AutoCloseable {
  private final Backend backend;
  private final int threads;
  private final DataType type;
  private final HostCopy host;
  private final Buffers buffers = new Buffers();

  public Nd4jContext(Backend backend, int threads, DataType type) {
    this.backend = backend;
    this.threads = threads;
    this.type = type;
    host = new HostCopy(backend.onHost());
  }

  public DataType type() {
    return type;
  }

  public Buffers buffers() {
    return buffers;
  }

  public HostCopy host() {
    return host;
  }

  /** Makes the number of threads asked for count on this thread: OpenMP keeps it per thread. */
  public void useThreads() {
    backend.useThreads(threads);
  }

  /** Storage of undefined content; null for no elements. */
  @Nullable Storage storage(long... shape) {
    long length = Shapes.count(shape);
    return length == 0 ? null : new Storage(buffers, buffers.buffer(type, length));
  }

  @Override
  public void close() {
    buffers.close();
  }
}
