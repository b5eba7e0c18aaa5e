/**
 * Methods that join or compare two views of an image: BYOL, SimSiam, DINO, CMP, SimCLR, MoCo,
 * Barlow Twins, VICReg.
 */
@NullMarked
package io.millrace.learner.method.joint;

import org.jspecify.annotations.NullMarked;
