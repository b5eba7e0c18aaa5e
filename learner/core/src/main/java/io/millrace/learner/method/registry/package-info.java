/** The methods there are, by name; the only package that names a family. */
@NullMarked
package io.millrace.learner.method.registry;

import org.jspecify.annotations.NullMarked;
