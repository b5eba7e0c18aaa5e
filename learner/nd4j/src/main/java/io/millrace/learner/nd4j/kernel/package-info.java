/** Layers' arithmetic, forward and backward; one layer per file. */
@NullMarked
package io.millrace.learner.nd4j.kernel;

import org.jspecify.annotations.NullMarked;
