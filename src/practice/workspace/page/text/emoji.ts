/** Slack's names of the emoji that people on call and their bots use; others stay as they were typed. */
const NAMES = `
100 💯|+1 👍|-1 👎|thumbsup 👍|thumbsdown 👎|alarm_clock ⏰|ambulance 🚑|arrow_down ⬇️|arrow_forward ▶️|arrow_left ⬅️
arrow_right ➡️|arrow_up ⬆️|arrows_counterclockwise 🔄|bangbang ‼️|bar_chart 📊|beetle 🪲|bell 🔔|black_circle ⚫
black_large_square ⬛|blue_book 📘|blue_heart 💙|bomb 💣|book 📖|boom 💥|broom 🧹|bug 🐛|bulb 💡|busts_in_silhouette 👥
calendar 📆|camera 📷|camera_with_flash 📸|chart_with_downwards_trend 📉|chart_with_upwards_trend 📈|clap 👏
clipboard 📋|clock1 🕐|clock3 🕒|clock9 🕘|closed_lock_with_key 🔐|cloud ☁️|cold_sweat 😰|computer 💻|construction 🚧
coffee ☕|cop 👮|cry 😢|crossed_fingers 🤞|date 📅|dart 🎯|desktop_computer 🖥️|double_vertical_bar ⏸️|ear 👂|electric_plug 🔌
email ✉️|exclamation ❗|eyes 👀|face_with_monocle 🧐|fast_forward ⏩|file_folder 📁|fire 🔥|fire_engine 🚒|first_aid_kit 🩹
flashlight 🔦|floppy_disk 💾|ghost 👻|gear ⚙️|globe_with_meridians 🌐|grey_exclamation ❕|grey_question ❔|hammer 🔨
hammer_and_wrench 🛠️|hand ✋|handshake 🤝|heart ❤️|heartpulse 💗|heavy_check_mark ✔️|heavy_exclamation_mark ❗
heavy_minus_sign ➖|heavy_multiplication_x ✖️|heavy_plus_sign ➕|hospital 🏥|hourglass ⌛|hourglass_flowing_sand ⏳|house 🏠
inbox_tray 📥|information_source ℹ️|interrobang ⁉️|key 🔑|knot 🪢|label 🏷️|ladybug 🐞|large_blue_circle 🔵
large_blue_square 🟦|large_blue_diamond 🔷|large_brown_circle 🟤|large_green_circle 🟢|large_green_square 🟩
large_orange_circle 🟠|large_orange_diamond 🔶|large_orange_square 🟧|large_purple_circle 🟣|large_red_square 🟥
large_yellow_circle 🟡|large_yellow_square 🟨|left_right_arrow ↔️|link 🔗|lock 🔒|lock_with_ink_pen 🔏|loudspeaker 📢
mag 🔍|mag_right 🔎|mailbox 📫|mantelpiece_clock 🕰️|mega 📣|memo 📝|microscope 🔬|moon 🌔|muscle 💪|mute 🔇|negative_squared_cross_mark ❎
new 🆕|no_bell 🔕|no_entry ⛔|no_entry_sign 🚫|no_good 🙅|notebook 📓|octagonal_sign 🛑|ok 🆗|ok_hand 👌|open_file_folder 📂
outbox_tray 📤|package 📦|page_facing_up 📄|pager 📟|paperclip 📎|party_popper 🎉|pencil 📝|pencil2 ✏️|phone ☎️|point_down 👇
point_left 👈|point_right 👉|point_up ☝️|police_car 🚓|pray 🙏|printer 🖨️|purple_heart 💜|pushpin 📌|question ❓|rabbit 🐰
radio_button 🔘|raised_hand ✋|raised_hands 🙌|recycle ♻️|red_circle 🔴|repeat 🔁|rewind ⏪|robot_face 🤖|rocket 🚀
rotating_light 🚨|satellite_antenna 📡|scales ⚖️|scroll 📜|see_no_evil 🙈|shield 🛡️|shrug 🤷|siren 🚨|skull 💀
skull_and_crossbones ☠️|sleeping 😴|slightly_smiling_face 🙂|small_blue_diamond 🔹|small_orange_diamond 🔸|small_red_triangle 🔺
small_red_triangle_down 🔻|smile 😄|snail 🐌|snowflake ❄️|sob 😭|sos 🆘|sparkles ✨|speech_balloon 💬|speaker 🔈|star ⭐
stethoscope 🩺|stop_sign 🛑|stopwatch ⏱️|sunny ☀️|sweat_smile 😅|tada 🎉|telephone_receiver 📞|test_tube 🧪|thermometer 🌡️
thinking_face 🤔|ticket 🎫|timer_clock ⏲️|toolbox 🧰|traffic_light 🚥|triangular_flag_on_post 🚩|triangular_ruler 📐|truck 🚚
turtle 🐢|twisted_rightwards_arrows 🔀|unlock 🔓|vertical_traffic_light 🚦|warning ⚠️|wastebasket 🗑️|watch ⌚|wave 👋
white_check_mark ✅|white_circle ⚪|white_large_square ⬜|wrench 🔧|writing_hand ✍️|x ❌|yellow_heart 💛|zap ⚡|zzz 💤
`;

const EMOJI = new Map(
  NAMES.trim()
    .split(/[|\n]/)
    .map((entry) => entry.split(' ') as [string, string]),
);

const SHORTCODE = /:([a-z0-9_+-]+):(?::skin-tone-[2-6]:)?/y;

/** The emoji whose shortcode begins at this colon, if Slack knows one of that name. */
export function emojiAt(text: string, at: number): { name: string; unicode: string; end: number } | null {
  SHORTCODE.lastIndex = at;
  const match = SHORTCODE.exec(text);
  const name = match?.[1] ?? '';
  const unicode = EMOJI.get(name);
  return match && unicode !== undefined ? { name, unicode, end: at + match[0].length } : null;
}

export function emojiNamed(name: string): string | undefined {
  return EMOJI.get(name);
}
