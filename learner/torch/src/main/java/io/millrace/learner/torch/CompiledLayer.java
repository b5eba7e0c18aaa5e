package io.millrace.learner.torch;

import org.bytedeco.pytorch.Tensor;

/**
 * A layer ready to run: its native parameters and constants are made already.
 *
 * <p>Two rules spare memory. A step that may overwrite its input returns that same object. And the
 * caller releases what it passed in as soon as nobody needs it: autograd keeps what it needs
 * itself.
 */
interface CompiledLayer {

  /**
   * Runs the layer.
   *
   * @param x input; the caller's
   * @param pass how this forward pass is made
   * @param mayOverwrite whether nobody reads {@code x} afterwards, autograd included
   * @return {@code x} itself or a new object, the caller's
   */
  Tensor run(Tensor x, PassMode pass, boolean mayOverwrite);

  /** Whether a following step may overwrite this one's result: autograd did not save it. */
  default boolean leavesResultFree() {
    return false;
  }
}
