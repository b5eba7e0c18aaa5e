package io.millrace.learner.torch;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.jspecify.annotations.Nullable;

/** Native objects that live as long as their network, whatever scopes open and close meanwhile. */
final class Natives implements AutoCloseable {
  private final List<Pointer> owned = new ArrayList<>();

  <P extends Pointer> P own(Supplier<P> work) {
    P made = Native.keep("network", work);
    owned.add(made);
    return made;
  }

  Scalar scalar(double value) {
    return own(() -> new Scalar(value));
  }

  TensorOptional optional(@Nullable Tensor tensor) {
    return own(() -> tensor == null ? new TensorOptional() : new TensorOptional(tensor));
  }

  @Override
  public void close() {
    owned.forEach(Pointer::releaseReference);
    owned.clear();
  }
}
