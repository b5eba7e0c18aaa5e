/** kNN and probes on held-out labelled images. */
@NullMarked
package io.millrace.learner.evaluate;

import org.jspecify.annotations.NullMarked;
