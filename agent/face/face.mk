# SPDX-License-Identifier: BSD-2-Clause
# What the faces (AgentX, standalone) have in common.
noinst_LIBRARIES += agent/face/libface.a
agent_face_libface_a_SOURCES = agent/face/face.c agent/face/face.h
