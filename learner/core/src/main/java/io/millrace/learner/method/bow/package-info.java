/** Methods that predict bags of visual words or features: OBoW, BoWNet, feature reconstruction. */
@NullMarked
package io.millrace.learner.method.bow;

import org.jspecify.annotations.NullMarked;
