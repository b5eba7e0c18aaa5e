/** What methods are built on, and what the settings of several of them have in common. */
@NullMarked
package io.millrace.learner.method.settings;

import org.jspecify.annotations.NullMarked;
