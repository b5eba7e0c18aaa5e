/** What to keep of the stream; one policy per file. */
@NullMarked
package io.millrace.learner.replay;

import org.jspecify.annotations.NullMarked;
