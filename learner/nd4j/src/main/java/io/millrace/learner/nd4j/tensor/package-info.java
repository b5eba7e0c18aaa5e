/** Tensors over ND4J's arrays: backend, native memory, operations. */
@NullMarked
package io.millrace.learner.nd4j.tensor;

import org.jspecify.annotations.NullMarked;
