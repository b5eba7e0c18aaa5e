package io.millrace.learner.tensor;

import java.util.List;

/**
 * Arithmetic on one device. An engine knows no method. It is used by one thread at a time unless it
 * says otherwise; two engines are independent.
 */
public interface Engine extends AutoCloseable {

  /** What runs, where and how: for manifests, summaries and logs. */
  EngineInfo info();

  /** Element type of every tensor and flat vector of this engine. */
  default DType dtype() {
    return info().precision().storage();
  }

  /** Opens a scope on this thread. */
  Scope scope();

  /** A tensor of {@code shape} from row-major values; throws if their number differs. */
  Tensor tensor(float[] values, long... shape);

  /** A tensor of {@code shape} from row-major values; throws if their number differs. */
  Tensor tensor(double[] values, long... shape);

  /** A tensor of {@code shape} of numbers 0 to 255 from unsigned bytes. */
  Tensor tensor(byte[] unsigned, long... shape);

  /** Zeros of {@code shape}. */
  Tensor zeros(long... shape);

  /** Joins along {@code dim}; every other dimension must agree. */
  Tensor concat(int dim, List<Tensor> parts);

  /** Whether its device has instructions for bfloat16; without them float32 is faster. */
  default boolean computesInBfloat16() {
    return false;
  }

  /** Whether this engine can run a layer of this kind and these settings. */
  boolean supports(Layer layer);

  /**
   * A network with zeroed parameters, running means of 0, running variances of 1 and the layout of
   * {@link SegmentLayout#of}.
   *
   * @throws UnsupportedLayerException naming the layer this engine lacks
   */
  Network network(NetworkSpec spec);

  /** Waits until the device has done what was asked of it. */
  void synchronize();

  /** Ends a training step: lets the engine drop what it caches for one step only. */
  default void stepEnded() {}

  @Override
  void close();
}
