/** Methods that solve a made-up task: rotation, relative location, jigsaw, colorization. */
@NullMarked
package io.millrace.learner.method.pretext;

import org.jspecify.annotations.NullMarked;
