/** Assembly texts small enough to count by hand. */
import { expect } from 'chai';
import { hotLoop, noLoop } from './hot-loop.js';

const x86 = `	.text
	.type	kernel_body.constprop.0, @function
kernel_body.constprop.0:
.LFB0:
	.cfi_startproc
	xorl	%eax, %eax
.L4:
	movq	8(%rsp), %rcx
.L3:
	vmovups	(%rdx), %ymm1
	vbroadcastss	(%rcx), %ymm2
	vfmadd231ps	%ymm1, %ymm2, %ymm3
	vmovaps	%ymm4, -56(%rsp)
	testq	%r11, %r11
	je	.L7
	vfnmadd132ps	(%rcx), %ymm2, %ymm4
.L7:
	addq	$4, %rcx
	cmpq	%rcx, %rdi
	jne	.L3
	addq	$1, %rax
	cmpq	$8, %rax
	jne	.L4
.L9:
	vaddps	(%rsi), %ymm3, %ymm3
	decq	%r8
	jne	.L9
	ret
	.size	kernel_body.constprop.0, .-kernel_body.constprop.0
	.type	other_body, @function
other_body:
.L20:
	vfmadd231ps	%ymm1, %ymm2, %ymm3
	vfmadd231ps	%ymm1, %ymm2, %ymm4
	vfmadd231ps	%ymm1, %ymm2, %ymm5
	jne	.L20
	.size	other_body, .-other_body
`;
const aarch64 = `kernel_body:
	mov	x4, 0
.L3:
	ldr	q1, [x1, x4]
	fmla	v0.4s, v1.4s, v2.s[0]
	str	q5, [sp, 16]
	add	x4, x4, 16
	cmp	x4, x2
	b.ne	.L3
	ret
	.size	kernel_body, .-kernel_body
`;

describe('hotLoop', () => {
  it('counts the innermost loop with the most multiply-adds, in a clone of the function and there alone', () => {
    expect(hotLoop(x86, 'kernel_body')).to.deep.include({ instructions: 10, multiplyAdds: 2, stackAccesses: 1 });
    expect(hotLoop(x86, 'other_body')).to.deep.include({ instructions: 4, multiplyAdds: 3, stackAccesses: 0 });
  });
  it('takes rbp for the stack only where it is the frame pointer', () => {
    const body = (first: string): string => `k_body:\n${first}.L1:\n	vfmadd231ps	-16(%rbp), %ymm2, %ymm3\n	jne	.L1\n	.size	k_body, 1\n`;
    expect(hotLoop(body(''), 'k_body').stackAccesses).to.equal(0);
    expect(hotLoop(body('	movq	%rsp, %rbp\n'), 'k_body').stackAccesses).to.equal(1);
  });
  it('reads aarch64', () => {
    expect(hotLoop(aarch64, 'kernel_body')).to.deep.equal({ instructions: 6, multiplyAdds: 1, stackAccesses: 1, text: aarch64.split('\n').slice(2, 9).join('\n') });
  });
  it('reads 32-bit Arm, where a vector goes to the stack through an address', () => {
    const loop = '	vld1.32	{d16, d17}, [r1]!\n	vmla.f32	q8, q9, d0[1]\n	add	r0, sp, #16\n	vst1.64	{d16, d17}, [r0:128]\n	bne	.LBB0_2\n';
    expect(hotLoop(`k_body:\n.LBB0_2:\n${loop}	.size	k_body, 1\n`, 'k_body')).to.deep.include({ instructions: 5, multiplyAdds: 1, stackAccesses: 1 });
  });
  it('reads RISC-V', () => {
    const loop = '	vle32.v	v8, (a0)\n	vfmacc.vf	v10, fa5, v8\n	sd	a1, 8(sp)\n	bne	a0, a2, .LBB0_2\n';
    expect(hotLoop(`k_body:\n.LBB0_2:\n${loop}	.size	k_body, 1\n`, 'k_body')).to.deep.include({ instructions: 4, multiplyAdds: 1, stackAccesses: 1 });
  });
  it('answers zeros for a function without a loop, and for none', () => {
    expect(hotLoop('k_body:\n	ret\n	.size	k_body, 1\n', 'k_body')).to.equal(noLoop);
    expect(hotLoop(x86, 'absent_body')).to.equal(noLoop);
  });
});
