/** Releases: weights, manifest and provenance, announced on Kafka. */
@NullMarked
package io.millrace.learner.release;

import org.jspecify.annotations.NullMarked;
