# The names that people try first; the scripts do the work and say by --help what else they can.
.PHONY: build run test bench image deb release clean

build:
	scripts/build
run:
	scripts/millrace serve
test:
	scripts/test
bench:
	scripts/bench
image:
	docker build -t millrace .
deb release:
	scripts/release
clean:
	rm -rf dist target */target
