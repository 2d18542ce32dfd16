# shellcheck shell=bash
# Waymark's secrets: their names, and how a new one is made.

# What every deployment needs. Changing the last two later makes what they signed or hashed unknown.
waymark_secrets=(WAYMARK_API_TOKEN WAYMARK_TOKEN_KEYS WAYMARK_EMAIL_KEY)
# What the endpoints of the demo program name.
demo_secrets=(DEMO_SHOPIFY_SECRET DEMO_STORE_SECRET)

new_secret() { # NAME
  case $1 in
    WAYMARK_TOKEN_KEYS) printf '1:%s' "$(random_base64 | url_safe)" ;; # KEY-NUMBER:KEY
    DEMO_STORE_SECRET) printf 'whsec_%s' "$(random_base64)" ;;         # as Standard Webhooks writes it
    *) random_base64 | url_safe ;;
  esac
}

random_base64() { head -c 32 /dev/urandom | base64 | tr -d '\n'; }
url_safe() { tr '+/' '-_' | tr -d '='; }
