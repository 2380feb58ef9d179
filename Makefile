# Portier: what can be done with it. Every target first installs by apt what it needs and does not find, and says so.
#
#   make build     the two programs, portierd and portier, in .build/release
#   make test      all tests
#   make test-release   the tests that only hold of optimised code: no allocation in an audio period
#   make arm64     the two programs for a 64-bit Pi, in .build/arm64; make test-arm64: all tests as such, in an emulator
#   make demo      the whole story in twenty seconds: a press, a real phone, two calls, a door, two dropped files
#   make wiring    draws each board's wiring.svg anew from its portier.toml
#   make interop   calls with real peers: baresip and SIPp
#   make interop-asterisk   through Asterisk 22, in a chroot of Debian forky; interop-asterisk16: through chan_sip, in bullseye
#   make interop-kamailio   through a proxy, in trixie; interop-linphone: with another phone, in trixie and a network of its own
#   make interop-all        all of these, one after the other
#   make hil       the package and the kernel that ships, in an emulator: real GPIO lines, a real sound card and a phone outside
#   make hil-arm64 the image itself, on an emulated board: calls, updates, power cuts (CUTS=50), and the time that a start takes
#   make clean-chroots      takes the chroots away, which all clones share
#   make bench     figures, against those of other programs
#   make bench-sound   echo, loss and delay beside SpeexDSP, WebRTC and others; PESQ and STOI in a Python of its own
#   make fuzz      60 seconds of broken input for each parser
#   make deb       the Debian package, in .build/deb, judged by lintian; for a Pi by ARCH=arm64
#   make test-deb  installs, runs, upgrades, removes and purges it in a Debian of its own
#   make image     a board's card, in .build/image: BOARD=pi3, pi4, pi5, zero2w or virt
#   make test-image         boots the emulated board's, and looks at what it does with files on its card
#   make image-twice        makes it once more from nothing, and names what differs
#   make bundle    a signed bundle that updates a board, of what `make image` has left: make bundle BOARD=pi4; docs/update.md
#   make test-update   updates in an emulator: whole, refused, broken, and cut off
#   make format    swift-format over all sources
#   make clean     takes away what the others made

SHELL := /bin/bash
.DEFAULT_GOAL := build
.PHONY: build test test-release arm64 test-arm64 demo wiring interop interop-asterisk interop-asterisk16 interop-kamailio interop-linphone interop-all hil hil-arm64 clean-chroots bench bench-sound fuzz deb test-deb image test-image image-twice bundle test-update format clean need-build need-peers

# One compiler job a processor, and quiet unless something is wrong.
swift := swift
# Written the same way everywhere, so that no target builds again what another has built.
release := -c release --static-swift-stdlib
# The programs that drive real peers use Foundation, which the product does not; they are built apart, with its shared library.
driver := -c release --scratch-path .build/rig
programs := --programs .build/release
# Which scenarios `make interop` plays: words of their names; all without.
SCENARIOS ?=

libraries := 'pkgconf|pkg-config' libc6-dev 'libstdc++-14-dev|libstdc++-13-dev|libstdc++-12-dev|g++' \
	libasound2-dev libgpiod-dev libspeexdsp-dev libspandsp-dev libopus-dev libtomlplusplus-dev libjansson-dev libssl-dev libc-ares-dev libsrtp2-dev
peers := 'baresip-core|baresip' 'asterisk-core-sounds-en-wav|espeak-ng'

build: need-build
	$(swift) build $(release) --product portierd
	$(swift) build $(release) --product portier

test: need-build
	$(swift) build --build-tests -Xswiftc -warnings-as-errors
	$(swift) test --skip-build -Xswiftc -warnings-as-errors

# What only optimised code promises: an audio period allocates nothing.
test-release: need-build
	$(swift) test -c release --scratch-path .build/test-release -Xswiftc -enable-testing --filter AllocationTests

# Cross-built by the Swift of Debian 13, in a chroot that is made when it is needed first; nothing is installed but mmdebstrap.
arm64:
	tools/arm64.sh build $(libraries)

test-arm64:
	tools/arm64.sh test $(libraries)

demo: need-peers build
	$(swift) build $(driver) --product demo
	.build/rig/release/demo $(programs)

# A test holds the drawings to the tool; this is for after a change of either.
.PHONY: wiring
wiring: build
	for board in board/*/portier.toml; do .build/release/portier wiring $$board >$${board%portier.toml}wiring.svg || exit 1; done

interop: need-peers build
	tools/need.sh sip-tester
	$(swift) build $(driver) --product interop
	.build/rig/release/interop $(programs) $(SCENARIOS)

# Each peer's suite; the chroots are made when they are needed first, and kept in ~/.cache/portier/chroots.
interop-asterisk interop-asterisk16 interop-kamailio interop-linphone: interop-%: need-peers build
	tools/need.sh openssl mmdebstrap
	$(swift) build $(driver) --product interop
	.build/rig/release/interop $(programs) --suite $* $(SCENARIOS)

interop-all: interop interop-asterisk interop-asterisk16 interop-kamailio interop-linphone

# Its kernel comes from a chroot, too; board and phone are in a network of their own. PACKAGE=FILE is one that was made before.
PACKAGE ?=
hil: need-peers $(if $(PACKAGE),,deb)
	tools/need.sh mmdebstrap qemu-system-x86 alsa-utils cpio iproute2
	tools/guest.sh .build/guest $(PACKAGE)
	$(swift) build $(driver) --product hil
	tools/alone.sh 10.78.0.1/24 .build/rig/release/hil

# What is flashed, unchanged. PARTS chooses among call, update, cuts and time; all without. SEED repeats the cuts of another run.
CUTS ?= 50
PARTS ?=
SEED ?=
hil-arm64: need-peers
	$(MAKE) image BOARD=virt
	tools/need.sh mmdebstrap qemu-system-arm iproute2 mtools dosfstools dnsmasq-base squashfs-tools cpio zstd
	tools/guest-arm64.sh .build/hil-arm64
	$(swift) build $(driver) --product hil
	tools/alone.sh 10.78.0.1/24 .build/rig/release/hil --image --cuts $(CUTS) $(if $(PARTS),--parts "$(PARTS)") $(if $(SEED),--seed $(SEED))

clean-chroots:
	tools/chroot.sh --clean

bench: need-peers build
	Benchmarks/run.sh

bench-sound: build
	Benchmarks/Sound/run.sh

# make deb ARCH=arm64 builds for a Pi first; a program that was built elsewhere: make deb PROGRAM=FILE ARCH=arm64
PROGRAM ?=
ARCH ?=
cross := $(filter arm64,$(ARCH))
deb: $(if $(PROGRAM),,$(or $(cross),build))
	tools/deb.sh $(or $(PROGRAM),.build/$(or $(cross),release)/portierd) $(ARCH)

test-deb: deb
	tools/test-deb.sh

# The card of which board: a folder of board/ that has an image/ in it.
BOARD ?= virt
image:
	$(MAKE) deb ARCH=arm64
	tools/image.sh $(BOARD)

test-image:
	$(MAKE) image BOARD=virt
	tools/test-image.sh

image-twice: image
	tools/image.sh --twice $(BOARD)

# Signed with the keys in $PORTIER_KEYS, else ~/.config/portier/keys, which are made when there are none.
bundle:
	tools/bundle.sh $(BOARD)

test-update:
	tools/test-update.sh

fuzz: need-build
	Fuzz/run.sh

format:
	$(swift) format --in-place --recursive Package.swift Sources Tests Benchmarks/Package.swift Benchmarks/Sources Fuzz/Package.swift Fuzz/Sources

clean:
	rm -rf .build Benchmarks/.build Benchmarks/Sound/.build Fuzz/.build demo-output sound-output

need-build:
	@tools/need.sh $(libraries) --swift

need-peers: need-build
	@tools/need.sh $(peers)
