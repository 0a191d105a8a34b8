/* What the tests of debugging debug: it stops twice at a breakpoint, and then waits to be ended. */
function step(number) {
  return number + 1;
}

step(1);
step(2);
setInterval(() => undefined, 1_000);
