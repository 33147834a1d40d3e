export interface SandboxVoice {
  voice_id: string;
  name: string;
}

/** Of a voice's many fields those that are required. */
export const voiceResource = ({ voice_id, name }: SandboxVoice): Record<string, unknown> => ({
  voice_id,
  name,
  category: 'premade',
  labels: {},
  settings: null,
  available_for_tiers: [],
  high_quality_base_model_ids: [],
});

/** Of the user's many fields those that the vendor's client insists on. */
export const USER_RESOURCE = {
  user_id: 'sandbox',
  workspace_id: 'sandbox',
  seat_type: 'workspace_admin',
  is_new_user: false,
  can_use_delayed_payment_methods: false,
  is_onboarding_completed: true,
  is_onboarding_checklist_completed: true,
  created_at: 0,
  subscription: {
    tier: 'sandbox',
    character_count: 0,
    character_limit: 1_000_000,
    max_character_limit_extension: null,
    max_credit_limit_extension: 0,
    current_overage: { amount: '0', currency: 'usd' },
    professional_voice_slots_used_in_workspace: 0,
    can_extend_character_limit: false,
    allowed_to_extend_character_limit: false,
    voice_slots_used: 0,
    professional_voice_slots_used: 0,
    voice_limit: 10,
    voice_add_edit_counter: 0,
    professional_voice_limit: 0,
    can_extend_voice_limit: false,
    can_use_instant_voice_cloning: false,
    can_use_professional_voice_cloning: false,
    status: 'active',
  },
};
