/** The learner's objectives for trainers that Deeplearning4j runs. */
@NullMarked
package io.millrace.learner.nd4j.auxiliary;

import org.jspecify.annotations.NullMarked;
