/** The libtorch engine: the tensor port over JavaCPP's PyTorch preset. */
@NullMarked
package io.millrace.learner.torch;

import org.jspecify.annotations.NullMarked;
