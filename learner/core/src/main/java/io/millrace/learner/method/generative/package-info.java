/** Methods that make images: autoencoders, inpainting, GAN, BiGAN. */
@NullMarked
package io.millrace.learner.method.generative;

import org.jspecify.annotations.NullMarked;
