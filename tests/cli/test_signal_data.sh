# shellcheck shell=bash
# Signals in plain HDF5 as published, where they are on this machine: what info says of them, and
# that they go where other recordings go.
. "$(dirname "$0")/support.sh"

DATA=${ANA_SHARED:-$ANA_SOURCE/../shared}/data/eeg
[ -d "$DATA/mi_openbci" ] || exit 77

expect 0 info "$DATA/mi_openbci/P1_s1_r1.h5"
says out "P1_s1_r1.h5: signal_h5, 376.592 s"
says out "participant: P1"
says out "eeg: 13 channels x 47074 samples at 125 Hz (376.592 s), float32"
says out "events: 60 (label, code)"
expect 0 info "$DATA/seizure_malow/seizure_malow_18ch.h5"
says out "eeg: 18 channels x 50000 samples at 100 Hz (500 s), int16"
says out "seizure: 1 (label)"
expect 0 validate "$DATA/mi_openbci/P1_s1_r1.h5"
expect 0 convert "$DATA/mi_openbci/P1_s1_r1.h5" -o run.npz
expect 0 info run.npz
says out "eeg: 13 channels x 47074 samples at 125 Hz (376.592 s), float32"
says out "events: 60 (label, code)"
