/** Hand-written programs that the specs of this folder share. No tests of its own. */

/**
 * The loop nest of a padded 3x3 convolution with residual and ReLU (the first case of the forms) at a small size: 32 channels in
 * blocks of 16, 8 x 8 pixels in tiles of 4, 32 outputs in one block of two vectors; X, R and Y are stored `[c/16 y x c%16]`.
 */
export const convolution = `buffer X: f32[2048] input
buffer W: f32[9216] compile
buffer bias: f32[32] compile
buffer R: f32[2048] input
buffer Y: f32[2048] output
kernel Y
  for Y.y < 8 parallel, Y.xo < 2
    declare A: f32[128] register
    for A.x < 4 unrolled, A.kj < 2 unrolled, A.kl < 16 vectorized: A[16*A.kj+A.kl+32*A.x] = 0
    for A.co < 2, A.r < 3
      if A.r+Y.y-1 >= 0 & -A.r-Y.y+8 >= 0
        for A.s < 3, A.ci < 16, A.x < 4 unrolled
          if A.s+A.x+4*Y.xo-1 >= 0 & -A.s-A.x-4*Y.xo+8 >= 0
            for A.kj < 2 unrolled, A.kl < 16 vectorized
              A[16*A.kj+A.kl+32*A.x] += X[A.ci+1024*A.co+128*A.r+16*A.s+16*A.x+64*Y.xo+128*Y.y-144] * W[32*A.ci+4608*A.co+16*A.kj+A.kl+1536*A.r+512*A.s]
    for Y.xi < 4 unrolled, Y.kj < 2 unrolled, Y.kl < 16 vectorized
      Y[1024*Y.kj+Y.kl+16*Y.xi+64*Y.xo+128*Y.y] = max(A[16*Y.kj+Y.kl+32*Y.xi] + bias[16*Y.kj+Y.kl] + R[1024*Y.kj+Y.kl+16*Y.xi+64*Y.xo+128*Y.y], 0)
`;

/** Sums of rows of 10 by tiles of 4: the last tile has a guard, and the tile's registers are read in full. */
export const tailedSum = `buffer X: f32[30] input slack 2
buffer Y: f32[3] output
kernel Y
  for Y.r < 3 parallel
    declare P: f32[4] register
    for P.i < 4 unrolled: P[P.i] = 0
    for P.o < 3, P.i < 4 unrolled
      if -P.i-4*P.o+9 >= 0: P[P.i] += X[P.i+4*P.o+10*Y.r]
    Y[Y.r] = 0
    for A.i < 4 unrolled: Y[Y.r] += P[A.i]
`;

/** Expanded: two pixels by two vectors of a 1x1 convolution over 4 channels, 8 pixels, 16 outputs in vectors of 8. */
export const expandedConvolution = `buffer X: f32[32] input
buffer W: f32[64] compile
buffer Y: f32[128] output
kernel Y
  for Y.xo < 4 parallel
    address p1 = X + 8*Y.xo
    set A_0 = broadcast8(0)
    set A_1 = broadcast8(0)
    set A_2 = broadcast8(0)
    set A_3 = broadcast8(0)
    for A.c < 4
      address p2 = W + 16*A.c
      let w1 = load8 p2[0]
      let w2 = load8 p2[8]
      let b1 = broadcast8(load1 p1[A.c])
      set A_0 += b1 * w1
      set A_1 += b1 * w2
      let b2 = broadcast8(load1 p1[A.c+4])
      set A_2 += b2 * w1
      set A_3 += b2 * w2
    address p3 = Y + 16*Y.xo
    write p3[0] = max(A_0, broadcast8(0))
    write p3[64] = max(A_1, broadcast8(0))
    write p3[8] = max(A_2, broadcast8(0))
    write p3[72] = max(A_3, broadcast8(0))
`;

/** A GPU kernel: a cooperative load into shared memory, two barriers, a guard for the tail of the tile. */
export const groupedLaunch = `buffer X: f32[56] input
buffer Y: f32[56] output
buffer T: f32[56]
kernel T launch blocks 4 1 1, threads 8 1 1, shared 64 bytes
  for T.b < 4 block.x, T.t < 8 thread.x
    barrier block 1
    declare S: f32[16] shared
    for S.o < 2, S.t < 8 thread.x
      if -8*S.o-S.t+13 >= 0: S[8*S.o+S.t] = X[8*S.o+S.t+14*T.b]
    barrier block 2
    for T.i < 2
      if -8*T.i-T.t+13 >= 0: T[14*T.b+8*T.i+T.t] = S[-8*T.i-T.t+13]
kernel Y launch blocks 7 1 1, threads 8 1 1, shared 0 bytes
  for Y.b < 7 block.x, Y.t < 8 thread.x: Y[8*Y.b+Y.t] = T[8*Y.b+Y.t] * T[8*Y.b+Y.t]
`;
