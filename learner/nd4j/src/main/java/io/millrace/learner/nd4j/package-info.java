/** The ND4J engine: the tensor port over ND4J arrays and Deeplearning4j's computation graphs. */
@NullMarked
package io.millrace.learner.nd4j;

import org.jspecify.annotations.NullMarked;
