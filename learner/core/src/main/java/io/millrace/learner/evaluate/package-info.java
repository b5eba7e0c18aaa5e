/** kNN and probes on held-out labeled images. */
@NullMarked
package io.millrace.learner.evaluate;

import org.jspecify.annotations.NullMarked;
