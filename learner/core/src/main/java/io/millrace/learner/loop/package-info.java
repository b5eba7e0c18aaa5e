/** Feed, step, checkpoint, release: the learner's state machine. */
@NullMarked
package io.millrace.learner.loop;

import org.jspecify.annotations.NullMarked;
