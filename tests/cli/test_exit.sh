# shellcheck shell=bash
# Exit status: 1 data, 2 wrong use, 4 a file; wrong use is known before anything is read or computed.
. "$(dirname "$0")/support.sh"

expect 0 simulate --kind eeg --duration 20 --size 4 --seed 3 -o e.edf
expect 0 simulate --kind spikes --duration 20 --size 4 --seed 3 -o s.nwb

# Wrong use.
for command in info view validate spectrum spikes calcium "hmm fit" "hmm decode m.h5"; do
    # shellcheck disable=SC2086
    expect 2 $command e.edf --format nope
    says err 'no format is called "nope"; there are: edf'
done
for command in convert preprocess; do
    expect 2 $command e.edf --format nope -o x.edf
    says err 'no format is called "nope"; there are: edf'
done
for command in "spectrum e.edf" "spikes s.nwb" "calcium s.nwb" "hmm fit s.nwb" "hmm decode m.h5 s.nwb" "view e.edf"; do
    # shellcheck disable=SC2086
    expect 2 $command -o x.foo
    says err "x.foo: a result is saved as .h5"
    # shellcheck disable=SC2086
    expect 2 $command --from 5 --to 3
    says err "--from 5 is not before --to 3"
done
expect 2 view e.edf --from 5 --to 5
expect 2 info e.edf --from 5 --to 3
expect 2 simulate -o x.foo
says err "the ending belongs to no format that is written"
expect 2 simulate -o x.mat
expect 2 simulate
says err "needs -o FILE"
expect 2 convert e.edf -o x --output-format nope
expect 2 convert e.edf -o x --output-format mat
says err "read but not written"
expect 2 preprocess e.edf
expect 2 report m.h5 -o m.pdf
expect 2 info -
says err "only files are read"
expect 2 info ""
expect 2 hmm fit s.nwb -o ""
expect 2 hmm fit s.nwb -o -
says err "only files are written"
expect 2 hmm fit s.nwb e.edf --labels l.npy
says err "go with a single input"
[ ! -e x.foo ] && [ ! -e x.edf ] || fail "wrong use wrote a file"

# A file: not there, in the way, not understood.
expect 4 convert e.edf -o s.nwb
says err "s.nwb: is there already; --overwrite replaces it"
echo old >old.h5
expect 4 hmm fit no_such_file.nwb -o old.h5
says err "old.h5: is there already"
expect 4 hmm fit no_such_file.nwb
expect 4 view no_such_file.edf
echo junk >junk.txt
for command in info view spectrum "hmm fit" validate; do
    # shellcheck disable=SC2086
    expect 4 $command junk.txt
done

# Data: a file that is well understood, but not what the command wants.
expect 1 spikes e.edf
expect 1 calcium e.edf
expect 1 spectrum s.nwb
expect 1 info e.edf --channels nope
for command in info view spectrum; do
    expect 1 $command e.edf --from 1000
    says err "e.edf: ends at 20 s, before --from 1000"
done
expect 1 hmm fit s.nwb --units nope
expect 1 hmm fit s.nwb --during nope
says err 'there is state'
[ "$(grep -o 'state 1' err | wc -l)" -le 1 ] || fail "a label is listed twice"
expect 0 convert e.edf -o e.npz
expect 1 hmm fit e.npz
says err "arrays; name one of them after ':'"
expect 1 hmm fit e.npz:nope
says err 'has no array "nope"'
expect 4 hmm fit s.nwb --labels e.edf
says err "e.edf: is a recording (edf), not an array"

# A damaged archive is a file, not data.
cp e.npz damaged.npz
printf '\377\000\377' | dd of=damaged.npz bs=1 seek=200 conv=notrunc status=none
expect 4 info damaged.npz
expect 4 validate damaged.npz
expect 4 hmm fit damaged.npz:eeg
says err "it is damaged"
