"""Tây Đô: one house on which a Vietnamese city runs its digital government and its operations centre."""
