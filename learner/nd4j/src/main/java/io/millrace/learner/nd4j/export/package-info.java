/** Releases as files that Deeplearning4j loads. */
@NullMarked
package io.millrace.learner.nd4j.export;

import org.jspecify.annotations.NullMarked;
