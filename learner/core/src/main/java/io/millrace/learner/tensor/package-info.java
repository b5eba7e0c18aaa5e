/** The engine port: tensors, networks and the layer records a network is specified with. */
@NullMarked
package io.millrace.learner.tensor;

import org.jspecify.annotations.NullMarked;
