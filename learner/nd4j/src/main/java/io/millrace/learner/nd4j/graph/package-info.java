/** Networks as Deeplearning4j computation graphs whose vertices run kernels. */
@NullMarked
package io.millrace.learner.nd4j.graph;

import org.jspecify.annotations.NullMarked;
